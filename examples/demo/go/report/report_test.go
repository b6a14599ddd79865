package report

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demo-org/ledger/go/money"
)

func TestSummaryListsEveryAccount(t *testing.T) {
	balances := map[string]money.Cents{"cash": 12050, "rent": -80000}
	want := "cash         120.50\nrent        -800.00\n"
	assert.Equal(t, want, Summary(balances))
}

func TestSummaryOfNothing(t *testing.T) {
	assert.Empty(t, Summary(nil))
}
