// Package parallel interleaves the output of tests that run at once.
package parallel

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestShards(t *testing.T) {
	var turn sync.Mutex
	for _, name := range []string{"east", "west", "north"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range 3 {
				turn.Lock()
				t.Logf("%s writes block %d", name, i)
				fmt.Printf("{\"level\":\"error\",\"shard\":%q,\"msg\":\"retry after timeout\"}\n", name)
				turn.Unlock()
				time.Sleep(2 * time.Millisecond)
			}
			if name == "west" {
				t.Errorf("shard %s lost block %d", name, 2)
			}
		})
	}
}

func TestAlone(t *testing.T) {
	t.Parallel()
	time.Sleep(3 * time.Millisecond)
	t.Log("alone is done")
}

func TestBroken(t *testing.T) {
	t.Parallel()
	time.Sleep(4 * time.Millisecond)
	t.Fatal("broken: checksum mismatch")
}
