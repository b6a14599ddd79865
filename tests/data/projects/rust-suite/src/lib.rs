//! A ledger whose tests fail in every way that Rust's own runner knows.

/// The sum of the entries.
///
/// ```
/// assert_eq!(ledger_core::total(&[1, 2]), 3);
/// ```
///
/// ```
/// assert_eq!(ledger_core::total(&[1, 2]), 4);
/// ```
pub fn total(entries: &[i64]) -> i64 {
    entries.iter().sum()
}

/// Reads an amount.
pub fn amount(text: &str) -> Result<i64, std::num::ParseIntError> {
    text.parse()
}

/// Pages of a book.
pub fn pages(entries: u32) -> u32 {
    books::pages(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(total(&[1, 2]), 3);
    }

    #[test]
    fn adds_wrongly() {
        assert_eq!(total(&[1, 2]), 4);
    }

    #[test]
    fn reads() {
        amount("twelve").unwrap();
    }

    #[test]
    fn returns_an_error() -> Result<(), std::num::ParseIntError> {
        amount("twelve").map(|_| ())
    }

    #[test]
    #[should_panic]
    fn should_have_panicked() {
        total(&[]);
    }

    #[test]
    #[should_panic(expected = "overdrawn")]
    fn panics_with_other_words() {
        panic!("no such account");
    }

    #[test]
    #[ignore = "needs a bank"]
    fn ignored() {}

    mod deeper {
        #[test]
        fn condition() {
            let paid = 3;
            assert!(paid > 4, "only {paid} were paid\nof 4");
        }
    }
}
