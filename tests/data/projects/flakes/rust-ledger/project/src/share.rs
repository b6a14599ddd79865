//! Who has paid how much, and who owes what.

use std::collections::HashMap;

use crate::parse::Expense;

/// The people of one flat with what each of them has paid so far.
#[derive(Debug, Default)]
pub struct Share {
    paid: HashMap<String, f64>,
}

impl Share {
    /// A share of these people, who have paid nothing yet.
    pub fn of(people: &[&str]) -> Self {
        let paid = people.iter().map(|who| (who.to_string(), 0.0)).collect();
        Share { paid }
    }

    /// Counts an expense; whoever pays belongs to the share.
    pub fn add(&mut self, expense: &Expense) {
        *self.paid.entry(expense.who.clone()).or_default() += expense.amount;
    }

    /// All that was paid.
    pub fn total(&self) -> f64 {
        self.paid.values().sum()
    }

    /// What somebody gets back, or owes where it is negative.
    pub fn balance(&self, who: &str) -> f64 {
        let own = self.paid.get(who).copied().unwrap_or_default();
        own - self.total() / self.paid.len() as f64
    }
}
