// Package report prints balances for people.
package report

import (
	"fmt"
	"strings"

	"github.com/demo-org/ledger/go/money"
)

// Summary prints one line for each account.
func Summary(balances map[string]money.Cents) string {
	var out strings.Builder
	for account, balance := range balances {
		fmt.Fprintf(&out, "%-8s %10s\n", account, balance)
	}
	return out.String()
}
