use std::thread;

fn balance(paid: i64) -> i64 {
    check(paid);
    paid
}

fn check(paid: i64) {
    assert!(paid >= 0, "negative balance {paid}");
}

#[test]
fn even() {
    assert_eq!(balance(3), 3);
}

#[test]
fn fails_in_a_helper() {
    balance(-7);
}

#[test]
fn fails_in_a_thread() {
    let joined = thread::Builder::new().name("payer".into()).spawn(|| panic!("the payer left")).unwrap().join();
    assert!(joined.is_ok());
}

#[test]
fn a_thread_panics_beside_it() {
    let _ = thread::spawn(|| panic!("nobody listens")).join();
}

#[test]
fn quotes_a_report() {
    println!("running 2 tests\ntest quoted_from_output ... FAILED\n\nfailures:\n\n---- quoted_from_output stdout ----");
    println!("thread 'quoted_from_output' (12) panicked at tests/share.rs:1:1:\nno such thing\n\n");
    println!("failures:\n    quoted_from_output\n");
    println!("test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n");
    eprintln!("        FAIL [   0.005s] (1/1) ledger-core::share quoted_from_output");
    assert_eq!("what was quoted", "what is true");
}
