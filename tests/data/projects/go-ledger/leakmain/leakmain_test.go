// Package leakmain is checked for goroutines once, after all tests.
package leakmain

import (
	"testing"

	"go.uber.org/goleak"
)

func drain(rows chan int) { <-rows }

func TestStartsDrain(t *testing.T) {
	go drain(make(chan int))
}

func TestOther(t *testing.T) {}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
