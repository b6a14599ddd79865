//! Splits what a flat share has spent.

mod parse;
mod share;

pub use parse::{parse, Expense, ParseError};
pub use share::Share;
