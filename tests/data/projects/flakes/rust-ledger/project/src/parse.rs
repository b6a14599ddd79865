//! One expense a line, as people type them: `Ann 12.50 bread`.

use std::fmt;

/// What somebody paid for.
#[derive(Debug, Clone, PartialEq)]
pub struct Expense {
    pub who: String,
    pub amount: f64,
    pub what: String,
}

/// Why a line is no expense.
#[derive(Debug, PartialEq, Eq)]
pub enum ParseError {
    Incomplete,
    NoAmount(String),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Incomplete => write!(f, "a line needs a name, an amount and a purpose"),
            ParseError::NoAmount(word) => write!(f, "{word} is no amount"),
        }
    }
}

impl std::error::Error for ParseError {}

/// Reads one line.
pub fn parse(line: &str) -> Result<Expense, ParseError> {
    let mut words = line.splitn(3, ' ');
    let (Some(who), Some(amount), Some(what)) = (words.next(), words.next(), words.next()) else {
        return Err(ParseError::Incomplete);
    };
    let amount = amount
        .parse()
        .map_err(|_| ParseError::NoAmount(amount.to_string()))?;
    Ok(Expense {
        who: who.to_string(),
        amount,
        what: what.to_string(),
    })
}
