//! The walls between crates and between the rooms of the appliance.

use std::collections::{BTreeMap, BTreeSet};

use crate::repo::{assert_none, code, files_under, product_lines, text};

/// Which crates of ours each may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("licensing/signing", &[]),
    ("appliance/wire", &[]),
    ("appliance/postgres", &[]),
    ("bundle", &["atoll-signing"]),
    ("licensing", &["atoll-signing"]),
    ("mirror", &["atoll-signing"]),
    ("appliance/agent", &["atoll-wire"]),
    (
        "appliance",
        &[
            "atoll-bundle",
            "atoll-licensing",
            "atoll-mirror",
            "atoll-postgres",
            "atoll-signing",
            "atoll-wire",
        ],
    ),
];

/// What a crate must not know, by the start of a dependency's name.
const STRANGERS: &[(&str, &[&str])] = &[
    ("licensing/signing", &["tokio", "async", "sqlx", "axum", "reqwest", "rustix"]),
    ("licensing", &["tokio", "async", "sqlx", "axum", "reqwest", "rustix", "rand"]),
    ("bundle", &["tokio", "async", "sqlx", "axum", "reqwest"]),
    ("appliance/wire", &["tokio", "async", "sqlx", "axum", "reqwest", "rustix", "kube"]),
    ("appliance/agent", &["sqlx", "axum", "kube", "k8s"]),
    ("appliance/postgres", &["axum", "kube", "k8s"]),
    ("mirror", &["kube", "k8s"]),
];

/// What a room of the appliance must not name: other rooms, and third-party crates.
struct Wall {
    room: &'static str,
    rooms: &'static [&'static str],
    crates: &'static [&'static str],
}

const WALLS: &[Wall] = &[
    Wall {
        room: "error",
        rooms: &[
            "app",
            "cli",
            "config",
            "db",
            "http",
            "import",
            "jobs",
            "provision",
            "queue",
            "reconcile",
        ],
        crates: &["axum", "kube", "sqlx"],
    },
    Wall {
        room: "config",
        rooms: &[
            "app",
            "cli",
            "db",
            "http",
            "import",
            "jobs",
            "model",
            "provision",
            "queue",
            "reconcile",
        ],
        crates: &["axum", "kube", "sqlx"],
    },
    Wall {
        room: "model",
        rooms: &[
            "app",
            "cli",
            "config",
            "db",
            "error",
            "http",
            "import",
            "jobs",
            "preflight",
            "provision",
            "queue",
            "reconcile",
            "site",
            "tls",
            "tunnel",
        ],
        crates: &["atoll_wire", "axum", "kube", "reqwest", "sqlx", "tokio"],
    },
    Wall {
        room: "db",
        rooms: &[
            "app",
            "cli",
            "http",
            "import",
            "jobs",
            "preflight",
            "provision",
            "reconcile",
            "tunnel",
        ],
        crates: &["atoll_wire", "axum", "kube", "reqwest"],
    },
    Wall {
        room: "queue",
        rooms: &["app", "cli", "http", "import", "jobs", "provision", "reconcile"],
        crates: &["axum", "kube"],
    },
    Wall {
        room: "provision",
        rooms: &["app", "cli", "db", "http", "import", "jobs", "queue", "reconcile"],
        crates: &["axum", "sqlx"],
    },
    Wall { room: "app", rooms: &["cli", "http", "jobs", "reconcile"], crates: &["axum", "kube"] },
    Wall { room: "jobs", rooms: &["cli", "http"], crates: &["axum"] },
    Wall { room: "reconcile", rooms: &["cli", "http"], crates: &["axum"] },
    Wall { room: "import", rooms: &["cli", "http", "provision"], crates: &["axum", "kube"] },
    Wall { room: "preflight", rooms: &["cli", "http"], crates: &["axum"] },
    Wall { room: "http", rooms: &["cli", "db", "jobs", "provision"], crates: &["kube", "sqlx"] },
    Wall { room: "tunnel", rooms: &["cli", "provision"], crates: &["kube", "sqlx"] },
    Wall {
        room: "cli",
        rooms: &["db", "http", "jobs", "provision", "queue", "reconcile"],
        crates: &["axum", "sqlx"],
    },
];

/// Files of pure decisions: they take what they need as arguments.
const PURE: [&str; 3] = ["/validate.rs", "/build.rs", "/plan.rs"];

/// What a pure file must not contain.
const IMPURE: [&str; 6] = ["async ", ".await", "tokio::", "kube::", "now_utc(", "SystemTime::now"];

fn dependencies(folder: &str) -> BTreeSet<String> {
    let path = format!("{folder}/Cargo.toml");
    let manifest: toml::Table =
        text(&path).parse().unwrap_or_else(|error| panic!("`{path}`: {error}"));
    let table = manifest.get("dependencies").and_then(toml::Value::as_table);
    table.map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[test]
fn crates_depend_on_nothing_they_must_not_know() {
    let mut faults = Vec::new();
    for (folder, allowed) in CRATES {
        for name in dependencies(folder) {
            if name.starts_with("atoll") && !allowed.contains(&name.as_str()) {
                faults.push(format!("{folder}: `{name}`"));
            }
        }
    }
    for (folder, strangers) in STRANGERS {
        for name in dependencies(folder) {
            if strangers.iter().any(|stranger| name.starts_with(stranger)) {
                faults.push(format!("{folder}: `{name}`"));
            }
        }
    }
    assert_none("crate walls", &faults);
}

#[test]
fn rooms_name_nothing_they_must_not_know() {
    let mut faults = Vec::new();
    for Wall { room, rooms, crates } in WALLS {
        for path in files_under(&format!("appliance/src/{room}/"), "rs") {
            for (number, name) in named_rooms(&path) {
                if rooms.contains(&name.as_str()) {
                    faults.push(format!("{path}:{number}: `crate::{name}`"));
                }
            }
            for (number, line) in product_lines(&path) {
                for name in crates.iter().filter(|name| names_crate(code(&line), name)) {
                    faults.push(format!("{path}:{number}: `{name}`"));
                }
            }
        }
    }
    assert_none("room walls", &faults);
}

#[test]
fn one_crate_alone_signs() {
    let mut faults = Vec::new();
    for path in files_under("", "toml") {
        let signing = ["Cargo.toml", "licensing/signing/Cargo.toml"].contains(&path.as_str());
        if !signing && path.ends_with("Cargo.toml") && text(&path).contains("ed25519-dalek") {
            faults.push(path);
        }
    }
    assert_none("Ed25519 outside licensing/signing", &faults);
}

#[test]
fn decisions_are_pure() {
    let mut faults = Vec::new();
    for path in files_under("appliance/src/", "rs") {
        if !PURE.iter().any(|end| path.ends_with(end)) {
            continue;
        }
        for (number, line) in product_lines(&path) {
            for word in IMPURE.iter().filter(|word| code(&line).contains(**word)) {
                faults.push(format!("{path}:{number}: `{word}`"));
            }
        }
    }
    assert_none("impure decisions", &faults);
}

/// Whether a line of code names a third-party crate as a path.
fn names_crate(line: &str, name: &str) -> bool {
    let path = format!("{name}::");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|char| !char.is_alphanumeric() && char != '_' && char != ':')
    })
}

/// The rooms that follow `crate::` in a file, also in a braced list over several lines.
fn named_rooms(path: &str) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    let mut listing = 0_usize;
    for (number, line) in product_lines(path) {
        let line = code(&line);
        if listing > 0 {
            // Inside `use crate::{ ... }`: a room stands at depth one, at the start of its line.
            if listing == 1 {
                found.extend(first_word(line.trim()).map(|word| (number, word)));
            }
            listing =
                (listing + line.matches('{').count()).saturating_sub(line.matches('}').count());
            continue;
        }
        for rest in line.split("crate::").skip(1) {
            match rest.strip_prefix('{') {
                None => found.extend(first_word(rest).map(|word| (number, word))),
                Some(list) => {
                    for item in top_level(list) {
                        found.extend(first_word(item.trim()).map(|word| (number, word)));
                    }
                    listing =
                        (1 + list.matches('{').count()).saturating_sub(list.matches('}').count());
                }
            }
        }
    }
    found
}

/// The items of a braced list that are not inside inner braces.
fn top_level(list: &str) -> Vec<&str> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, char) in list.char_indices() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(&list[start..]);
    items
}

fn first_word(text: &str) -> Option<String> {
    let word: String =
        text.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
    (!word.is_empty()).then_some(word)
}

#[test]
fn rooms_are_found_however_they_are_imported() {
    assert_eq!(top_level("a::{x, y}, b, c::d"), ["a::{x, y}", " b", " c::d"]);
    assert!(names_crate("fn f(pool: &sqlx::PgPool)", "sqlx"));
    assert!(!names_crate("use my_sqlx::x", "sqlx"));
}
