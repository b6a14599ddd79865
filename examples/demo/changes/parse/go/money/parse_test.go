package money

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	amount, err := Parse("19.99")
	require.NoError(t, err)
	assert.Equal(t, Cents(1999), amount)
}

func TestParseNeedsTwoDecimals(t *testing.T) {
	_, err := Parse("20")
	assert.ErrorContains(t, err, "two decimals")
}
