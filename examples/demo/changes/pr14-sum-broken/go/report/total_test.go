package report

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demo-org/ledger/go/money"
)

func TestTotal(t *testing.T) {
	balances := map[string]money.Cents{"cash": 12050, "rent": -80000}
	assert.Equal(t, money.Cents(-67950), Total(accounts))
}
