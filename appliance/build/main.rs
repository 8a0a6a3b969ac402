//! The build script: each file here prepares one thing that is compiled into the program.

#![expect(clippy::print_stdout, reason = "cargo reads what a build script prints")]

mod embed;
mod roots;

fn main() {
    println!("cargo:rerun-if-changed=build");
    embed::embed();
    roots::embed();
}
