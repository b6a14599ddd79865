package rates

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func fixedRates() map[string]float64 {
	return map[string]float64{"EUR": 1, "CHF": 0.94, "SEK": 11.1}
}

func TestRateOfKnownCurrency(t *testing.T) {
	table := Watch(fixedRates, time.Hour)
	defer table.Close()
	rate, known := table.Rate("CHF")
	assert.True(t, known)
	assert.InDelta(t, 0.94, rate, 0.001)
}

func TestAgeStaysBelowInterval(t *testing.T) {
	const interval = 25 * time.Millisecond
	table := Watch(fixedRates, interval)
	defer table.Close()
	for range 10 {
		_, known := table.Rate("SEK")
		assert.True(t, known)
		time.Sleep(2 * time.Millisecond)
	}
	assert.Less(t, table.Age(), 2*interval)
}
