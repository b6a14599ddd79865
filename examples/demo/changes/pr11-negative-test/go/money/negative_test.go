package money

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseNegative(t *testing.T) {
	amount, err := Parse("-0.05")
	require.NoError(t, err)
	assert.Equal(t, Cents(-5), amount)
}
