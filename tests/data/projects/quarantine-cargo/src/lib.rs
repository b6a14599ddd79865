//! A ledger with nothing in it.

/// One more than `n`.
///
/// ```
/// assert_eq!(quarantine::next(1), 2);
/// ```
pub fn next(n: u32) -> u32 {
    n + 1
}

#[cfg(test)]
mod tests {
    #[test]
    fn put() {}

    #[test]
    fn put_all() {}

    mod deeper {
        #[test]
        fn put() {}
    }
}
