//! The stories on a real cluster: one cluster for all of them, told in order, ended afterwards.
//!
//! Takes the usual arguments of a test binary: words that choose stories by name, `--list`.

mod harness;
mod runner;
mod world;

use runner::Story;
use world::World;

/// In the order they are told: each leaves the world as it found it.
const STORIES: &[Story<World>] = &[
    Story::new("harness::a_planted_request_is_counted_and_nothing_else", {
        harness::a_planted_request_is_counted_and_nothing_else
    }),
    Story::new("harness::a_pod_with_a_volume_runs", harness::a_pod_with_a_volume_runs),
    Story::new("harness::what_a_pod_sends_outside_is_counted", {
        harness::what_a_pod_sends_outside_is_counted
    }),
    Story::new("harness::a_second_cluster_leaves_nothing_behind", {
        harness::a_second_cluster_leaves_nothing_behind
    }),
];

fn main() -> std::process::ExitCode {
    runner::main(STORIES, World::create)
}
