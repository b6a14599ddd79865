#[cfg(test)]
mod tests {
    #[test]
    fn of_the_root() {}
}
