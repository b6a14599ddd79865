// Package leak leaves goroutines behind; each test checks itself.
package leak

import (
	"testing"

	"go.uber.org/goleak"
)

func watch(stop chan struct{}) { <-stop }

func TestLeaksWatcher(t *testing.T) {
	defer goleak.VerifyNone(t)
	go watch(make(chan struct{}))
}

func TestClean(t *testing.T) {}
