//! Tests with names of their own, as some frameworks have them, by the protocol of nextest for such programs.

const TITLES: [&str; 7] = [
    "it's, (quick) a/b",
    "a\\b [z]+ {w}?",
    "$HOME `x` \"y\"",
    "(",
    ")",
    "all() | none()",
    "naïve #1",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if has("--list") && !has("--ignored") {
        TITLES.iter().for_each(|title| println!("{title}: test"));
    }
}
