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
