package settle

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/demo-org/ledger/go/money"
)

func TestTotal(t *testing.T) {
	batch := []Payment{{Account: "rent", Amount: 80000}, {Account: "cash", Amount: 1200}}
	assert.Equal(t, money.Cents(81200), Total(batch))
}
