use ledger::{parse, ParseError, Share};

fn share(lines: &[&str]) -> Share {
    let mut share = Share::default();
    for line in lines {
        share.add(&parse(line).unwrap());
    }
    share
}

#[test]
fn a_line_is_read() {
    let expense = parse("Ann 12.5 bread and butter").unwrap();
    assert_eq!(expense.amount, 12.5);
    assert_eq!(expense.what, "bread and butter");
}

#[test]
fn a_bad_line_is_refused() {
    assert_eq!(parse("Ann 12.5"), Err(ParseError::Incomplete));
    assert_eq!(
        parse("Ann twelve bread"),
        Err(ParseError::NoAmount("twelve".to_string()))
    );
}

#[test]
fn two_of_a_flat_are_even() {
    let share = share(&["Ann 10 rice", "Ben 10 oil"]);
    assert_eq!(share.balance("Ann"), 0.0);
}

#[test]
fn who_paid_nothing_owes_a_third() {
    let mut share = Share::of(&["Ann", "Ben", "Cleo"]);
    share.add(&parse("Ann 30 rent").unwrap());
    assert_eq!(share.balance("Cleo"), -10.0);
}

#[test]
fn the_total_of_three_people() {
    let share = share(&["Ann 4.35 bread", "Ben 8.3 cheese", "Cleo 16.1 wine"]);
    assert_eq!(share.total(), 28.75);
}
