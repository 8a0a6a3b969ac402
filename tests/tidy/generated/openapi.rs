//! `docs/generated/openapi.json`: the API as the handlers describe it.

use crate::repo::keep_fresh;

#[test]
fn the_api_description_is_fresh() {
    let text = serde_json::to_string_pretty(&atoll::http::document()).expect("it has a JSON form");
    keep_fresh("docs/generated/openapi.json", &(text + "\n"));
}
