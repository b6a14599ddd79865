package first

import "testing"

func TestPut(t *testing.T) {}

func TestPutAll(t *testing.T) {}

func TestCases(t *testing.T) {
	for _, name := range []string{"plain", "with blank", "a/b", "a", "x|y", "[z]+(w)?", "it's $HOME"} {
		t.Run(name, func(t *testing.T) {})
	}
}

func FuzzSum(f *testing.F) {
	f.Add(1)
	f.Fuzz(func(t *testing.T, n int) {})
}
