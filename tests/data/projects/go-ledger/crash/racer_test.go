package crash

import (
	"testing"
	"time"
)

func TestRacerPanics(t *testing.T) {
	count := 0
	go func() {
		count++
		var missing *int
		*missing = count
	}()
	count++
	time.Sleep(time.Second)
}

func BenchmarkNilMap(b *testing.B) {
	var totals map[string]int
	totals["a"] = b.N
}
