//! Books, in a package of their own below the root of the workspace.

/// How many pages so many entries take.
///
/// ```
/// assert_eq!(books::pages(80), 2);
/// ```
pub fn pages(entries: u32) -> u32 {
    entries.div_ceil(40)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_page_is_full() {
        assert_eq!(crate::pages(40), 2, "forty entries\nneed one page");
    }

    #[test]
    fn no_page() {
        assert_eq!(crate::pages(0), 0);
    }
}
