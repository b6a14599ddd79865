package report

import "github.com/demo-org/ledger/go/money"

// Total adds up all balances.
func Total(balances map[string]money.Cents) money.Cents {
	var total money.Cents
	for _, balance := range balances {
		total += balance
	}
	return total
}
