package settle

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBatchIsSentAfterInterval(t *testing.T) {
	var sent atomic.Int32
	b := Start(40*time.Millisecond, func(batch []Payment) { sent.Add(int32(len(batch))) })
	defer b.Close()

	b.Add(Payment{Account: "rent", Amount: 80000})
	b.Add(Payment{Account: "cash", Amount: 1200})

	require.Eventually(t, func() bool { return sent.Load() == 2 },
		58*time.Millisecond, 2*time.Millisecond, "batch was not sent")
}

func TestCloseSendsTheRest(t *testing.T) {
	var sent atomic.Int32
	b := Start(time.Hour, func(batch []Payment) { sent.Add(int32(len(batch))) })
	b.Add(Payment{Account: "cash", Amount: 1})
	b.Close()
	require.EqualValues(t, 1, sent.Load())
}
