#[cfg(test)]
mod tests {
    fn count(name: &str) -> u32 {
        let number = std::fs::read_to_string(name).ok().and_then(|text| text.parse().ok()).unwrap_or(0) + 1;
        std::fs::write(name, number.to_string()).unwrap();
        number
    }

    #[test]
    fn every_third() {
        println!("        PASS [   0.001s] (1/1) books tests::forged");
        assert_ne!(count("third.count") % 3, 0, "the balance is wrong");
    }

    #[test]
    fn fine() {}

    #[test]
    fn one_cpu() {
        assert!(std::thread::available_parallelism().unwrap().get() > 1, "one processor only");
    }

    #[test]
    #[ignore]
    fn skipped() {}
}
