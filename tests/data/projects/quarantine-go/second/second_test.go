package second

import "testing"

func TestPut(t *testing.T) {}

func TestCases(t *testing.T) {
	t.Run("plain", func(t *testing.T) {})
	t.Run("plain", func(t *testing.T) {})
}
