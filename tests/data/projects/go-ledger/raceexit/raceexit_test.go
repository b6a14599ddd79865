// Package raceexit races after its last test has passed.
package raceexit

import (
	"os"
	"testing"
	"time"
)

var total int

func TestPasses(t *testing.T) {}

func TestMain(m *testing.M) {
	code := m.Run()
	go func() { total++ }()
	total++
	time.Sleep(20 * time.Millisecond)
	os.Exit(code)
}
