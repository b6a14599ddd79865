package settle

import "github.com/demo-org/ledger/go/money"

// Total adds up a batch.
func Total(batch []Payment) money.Cents {
	var total money.Cents
	for _, payment := range batch {
		total += payment.Amount
	}
	return total
}
