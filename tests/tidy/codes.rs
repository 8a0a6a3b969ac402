//! Error codes: each is registered, and its remedy is something a person can type.

use std::collections::BTreeSet;

use atoll::error::codes::AREAS;

use crate::links::unknown_command;
use crate::repo::{assert_none, files_under, text};

#[test]
fn every_code_in_the_source_is_registered() {
    let registered: BTreeSet<&str> =
        AREAS.iter().flat_map(|(_, codes)| codes.iter()).map(|code| code.id).collect();
    let mut faults = Vec::new();
    for path in files_under("appliance/src/error/codes/", "rs") {
        for line in text(&path).lines() {
            let id = line.trim().strip_prefix("id: \"").and_then(|rest| rest.strip_suffix("\","));
            if let Some(id) = id.filter(|id| !registered.contains(id)) {
                faults.push(format!("{path}: `{id}` is in no area's ALL"));
            }
        }
    }
    assert_none("codes", &faults);
}

#[test]
fn every_remedy_is_an_act_and_its_commands_exist() {
    let mut faults = Vec::new();
    for code in AREAS.iter().flat_map(|(_, codes)| codes.iter()) {
        if code.remedy.split_whitespace().count() < 3 {
            faults.push(format!("{}: `{}` is no act", code.id, code.remedy));
        }
        for span in code.remedy.split('`').skip(1).step_by(2) {
            if let Some(fault) = unknown_command(span) {
                faults.push(format!("{}: `{span}`: {fault}", code.id));
            }
        }
    }
    assert_none("remedies", &faults);
}

#[test]
fn every_code_a_library_gives_is_kebab_case() {
    let mut faults = Vec::new();
    for path in files_under("licensing/", "rs") {
        for part in text(&path).split("=> \"").skip(1) {
            let Some((word, _)) = part.split_once('"') else { continue };
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte == b'-' || byte == b' ';
            if path.ends_with("error.rs") && (word.contains(' ') || !word.bytes().all(allowed)) {
                faults.push(format!("{path}: `{word}`"));
            }
        }
    }
    assert_none("library codes", &faults);
}
