package poll

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"
)

const every = 20 * time.Millisecond

// tank is polled from the start, as in production.
var tank = New(func(context.Context) (int, error) { return 73, nil }, every)

func TestMain(m *testing.M) {
	ctx, stop := context.WithCancel(context.Background())
	go tank.Run(ctx)
	code := m.Run()
	stop()
	os.Exit(code)
}

func TestPause(t *testing.T) {
	for range 1000 {
		if got := pause(every); got < every/2 || got >= every*3/2 {
			t.Fatalf("pause(%v) = %v", every, got)
		}
	}
}

func TestFailedAttemptsAreCounted(t *testing.T) {
	broken := New(func(context.Context) (int, error) { return 0, errors.New("no answer") }, every)
	broken.ask(context.Background())
	if _, known := broken.Latest(); known || broken.Failed() != 1 {
		t.Errorf("a broken gauge: known %v, failed %d", known, broken.Failed())
	}
}

func TestLevelOfTheTank(t *testing.T) {
	time.Sleep(25 * time.Millisecond)
	level, known := tank.Latest()
	if !known || level != 73 {
		t.Errorf("the level of the tank is %d, want 73", level)
	}
}
