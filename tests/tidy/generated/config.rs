//! `docs/generated/config.md`: every key of `site.toml`.

use std::fmt::Write as _;

use atoll::config::{Apply, FILE_NAME, keys};

use crate::repo::keep_fresh;

#[test]
fn the_configuration_reference_is_fresh() {
    let mut page = format!(
        "# Configuration\n\nWritten by a test from the program's list of keys. The file is `{FILE_NAME}` in the data \
         directory. A variable beats the file, a flag beats the variable; `atoll config show --origin` says which \
         one won.\n\n| key | variable | default | a change counts | what it does |\n|---|---|---|---|---|\n",
    );
    for key in keys() {
        let apply = match key.apply {
            Apply::Live => "at once",
            Apply::Restart => "after a restart",
        };
        let about = key.about.replace('|', "\\|");
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | `{}` | `{}` | {apply} | {about} |",
            key.name,
            key.variable(),
            key.default
        );
    }
    keep_fresh("docs/generated/config.md", &page);
}
