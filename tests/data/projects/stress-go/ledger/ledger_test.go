package ledger

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// count keeps how often it was called in a file: state that survives a process, as real flakes like it.
func count(t *testing.T, name string) int {
	t.Helper()
	data, _ := os.ReadFile(name)
	n, _ := strconv.Atoi(string(data))
	if err := os.WriteFile(name, []byte(strconv.Itoa(n+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return n + 1
}

func TestEveryThird(t *testing.T) {
	if n := count(t, "third.count"); n%3 == 0 {
		t.Fatalf("balance is %d, want %d", n, n+1)
	}
}

func TestCases(t *testing.T) {
	for _, name := range []string{"empty", "two words", "a+b"} {
		t.Run(name, func(t *testing.T) {})
	}
}

func TestSkipped(t *testing.T) { t.Skip("not here") }

func TestPanics(t *testing.T) {
	var entries map[string]int
	if count(t, "panics.count")%2 == 0 {
		entries["a"] = 1
	}
}

func TestHangs(t *testing.T) {
	if count(t, "hangs.count")%2 == 0 {
		time.Sleep(time.Hour)
	}
}
