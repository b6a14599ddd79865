// Package latelog has a goroutine that logs through its test when all tests are over.
package latelog

import (
	"os"
	"testing"
	"time"
)

func TestStartsWatcher(t *testing.T) {
	go func() {
		time.Sleep(50 * time.Millisecond)
		t.Log("watch closed: compacted")
	}()
}

func TestOther(t *testing.T) {}

func TestMain(m *testing.M) {
	code := m.Run()
	time.Sleep(300 * time.Millisecond)
	os.Exit(code)
}
