//! Tells stories in order on one world and ends the world, whatever happened: what the standard
//! test runner, which knows no end, cannot do.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow};

/// One promise, watched.
pub(crate) struct Story<W> {
    name: &'static str,
    tell: fn(&mut W) -> Result<()>,
}

impl<W> Story<W> {
    pub(crate) const fn new(name: &'static str, tell: fn(&mut W) -> Result<()>) -> Self {
        Self { name, tell }
    }
}

/// Runs the stories whose names hold one of the words given as arguments, or all.
pub(crate) fn main<W>(stories: &[&[Story<W>]], create: fn() -> Result<W>) -> ExitCode {
    let stories = || stories.iter().copied().flatten();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        for story in stories() {
            say(&format!("{}: test\n", story.name));
        }
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let chosen: Vec<&Story<W>> = stories()
        .filter(|story| words.is_empty() || words.iter().any(|word| story.name.contains(*word)))
        .collect();
    if chosen.is_empty() {
        say("no story has such a name\n");
        return ExitCode::SUCCESS;
    }
    say(&format!("\nrunning {} stories\n", chosen.len()));
    match tell_all(&chosen, create) {
        Ok(failures) if failures.is_empty() => {
            say("\nall stories hold\n");
            ExitCode::SUCCESS
        }
        Ok(failures) => {
            say(&format!("\nfailed: {}\n", failures.join(", ")));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("\nthe world could not be made: {error:?}\n"));
            ExitCode::FAILURE
        }
    }
}

fn tell_all<W>(chosen: &[&Story<W>], create: fn() -> Result<W>) -> Result<Vec<&'static str>> {
    let mut world = timed("the world", create)?;
    let mut failures = Vec::new();
    for story in chosen {
        let told = timed(story.name, || {
            catch_unwind(AssertUnwindSafe(|| (story.tell)(&mut world)))
                .unwrap_or_else(|_| Err(anyhow!("panicked; see above")))
        });
        if told.is_err() {
            failures.push(story.name);
        }
    }
    Ok(failures)
}

fn timed<T>(name: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("test {name} ... "));
    let started = Instant::now();
    let result = act();
    let seconds = started.elapsed().as_secs_f32();
    match &result {
        Ok(_) => say(&format!("ok ({seconds:.1} s)\n")),
        Err(error) => say(&format!("FAILED ({seconds:.1} s)\n{error:?}\n")),
    }
    result
}

fn say(text: &str) {
    let mut out = std::io::stdout();
    // Without a reader there is nobody to tell.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}
