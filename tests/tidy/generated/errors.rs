//! `docs/generated/errors.md`: every error code, its meaning and its remedy.

use std::fmt::Write as _;

use atoll::error::codes::AREAS;

use crate::repo::keep_fresh;

#[test]
fn the_error_reference_is_fresh() {
    let mut page = String::from(
        "# Errors\n\nWritten by a test from the registry of codes. Every failure bears one of these codes; \
         the message names the object, and the remedy printed with it may be more exact than the one here.\n",
    );
    for (area, codes) in AREAS {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "\n## {area}\n\n| code | HTTP | again later | meaning | remedy |\n|---|---|---|---|---|"
        );
        for code in *codes {
            let again = if code.retryable { "yes" } else { "no" };
            let cell = |text: &str| text.replace('|', "\\|");
            let (meaning, remedy) = (cell(code.meaning), cell(code.remedy));
            let _ = writeln!(
                page,
                "| `{}` | {} | {again} | {meaning} | {remedy} |",
                code.id, code.http
            );
        }
    }
    keep_fresh("docs/generated/errors.md", &page);
}
