// Package slowa takes its time, so that its output mixes with that of another package.
package slowa

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestShared(t *testing.T) { step(t) }

func TestAWrites(t *testing.T) {
	t.Run("first", func(t *testing.T) { step(t) })
	t.Run("second", func(t *testing.T) {
		step(t)
		require.Equal(t, "a", "c", "slowa wrote to the wrong shard")
	})
	t.Run("third", func(t *testing.T) { step(t) })
}

func TestAReads(t *testing.T) {
	step(t)
	step(t)
}

func step(t *testing.T) {
	for range 5 {
		time.Sleep(40 * time.Millisecond)
		t.Log("slowa is at work, no error")
	}
}
