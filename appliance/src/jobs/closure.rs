//! Whether the site has every image a template names: what is not there now will not come later.

use async_trait::async_trait;

use crate::error::{Outcome, Problem, codes};

/// Which images the site has.
#[async_trait]
pub trait Images: Send + Sync {
    /// Whether the site has the image of this original name, with tag or digest.
    async fn has(&self, image: &str) -> Outcome<bool>;

    /// What would bring an image, if that is known: such as a bundle's name.
    async fn would_bring(&self, image: &str) -> Outcome<Option<String>>;
}

/// Has every image: for sites whose cluster pulls from a registry of its own, and for tests.
#[derive(Debug, Clone, Copy)]
pub struct AnyImage;

#[async_trait]
impl Images for AnyImage {
    async fn has(&self, _image: &str) -> Outcome<bool> {
        Ok(true)
    }

    async fn would_bring(&self, _image: &str) -> Outcome<Option<String>> {
        Ok(None)
    }
}

/// Says which of these images are missing, all at once, with what would bring them.
pub(super) async fn check(images: &dyn Images, named: &[String]) -> Outcome<()> {
    let mut missing = Vec::new();
    for image in named {
        if !images.has(image).await? {
            missing.push(image);
        }
    }
    let Some(first) = missing.first() else { return Ok(()) };
    let mut lines = Vec::new();
    for image in &missing {
        lines.push(match images.would_bring(image).await? {
            Some(bundle) => format!("`{image}` (the bundle `{bundle}` has it)"),
            None => format!("`{image}`"),
        });
    }
    let message = format!("the site's mirror lacks {} of the template's images", missing.len());
    let remedy = format!(
        "add to `bundle.toml` on the connected side: [[images]] name = \"{first}\"; then `atoll bundle import FILE` here, and push the template again"
    );
    let problem = Problem::new(&codes::workspace::TEMPLATE_NOT_CLOSED, message);
    Err(problem.because_of(lines.join(", ")).remedy(remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Only(&'static str);

    #[async_trait]
    impl Images for Only {
        async fn has(&self, image: &str) -> Outcome<bool> {
            Ok(image == self.0)
        }

        async fn would_bring(&self, image: &str) -> Outcome<Option<String>> {
            Ok(image.contains("postgres").then(|| "databases-2".into()))
        }
    }

    #[tokio::test]
    async fn all_missing_images_are_named_with_what_would_bring_them() {
        let named = ["docker.io/library/busybox:1", "docker.io/library/postgres:18", "x.io/y:1"];
        let named = named.map(String::from);
        let problem = check(&Only("docker.io/library/busybox:1"), &named).await.expect_err("two");
        assert_eq!(problem.code().id, "template-not-closed");
        let cause = problem.cause();
        assert!(
            cause.contains("`docker.io/library/postgres:18` (the bundle `databases-2` has it)")
        );
        assert!(cause.contains("`x.io/y:1`") && !cause.contains("busybox"));
        assert!(check(&AnyImage, &named).await.is_ok());
    }
}
