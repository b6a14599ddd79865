// Package paniclate panics while TestMain tidies up.
package paniclate

import (
	"os"
	"testing"
)

func TestPasses(t *testing.T) {}

func tidyUp(rows map[string]int) { rows["closed"] = 1 }

func TestMain(m *testing.M) {
	code := m.Run()
	tidyUp(nil)
	os.Exit(code)
}
