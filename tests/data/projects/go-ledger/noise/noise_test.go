// Package noise prints what a log reader might take for failures.
package noise

import (
	"fmt"
	"testing"
)

const etcdDump = `{"level":"info","ts":"2026-03-01T10:00:00.000Z","caller":"embed/etcd.go:310","msg":"starting an etcd server","etcd-version":"3.5.15","name":"pd1","election-timeout":"3s","heartbeat-interval":"500ms","lease-timeout":"5s","max-wals":0,"initial-cluster-state":"new","panic-on-corrupt":false,"downgrade-check-interval":"5s"}
[2026/03/01 10:00:00.000 +00:00] [WARN] [util.go:163] ["apply request took too long"] [took=208ms] [expected-duration=100ms] [error="context deadline exceeded"]
[2026/03/01 10:00:00.100 +00:00] [ERROR] [server.go:42] ["campaign leader meets error"] [error="[PD:etcd:ErrEtcdTxnConflict]etcd transaction failed, conflicted and rolled back"] [stack="example.com/ledger/noise.campaign\n\t/src/noise/noise.go:42"]
[2026/03/01 10:00:00.200 +00:00] [FATAL-ish] ["would panic: but did not"] ["timeout"=30s]
raft2026/03/01 10:00:00 INFO: 8e9e05c52164694d [term 1] election timeout, became candidate
`

const quoted = `FAIL
FAIL: 3 rows differ
FAIL	rows	differ
--- FAIL: not a test at all
    --- FAIL: TestNobody (maybe)
ERROR: test timed out after a while
panic: quoted from a manual
WARNING: race ahead
goroutine 7 in prose
[FAIL]  noise is not a test
exit status 2
ok, that was all
`

func TestEtcdDump(t *testing.T) {
	for i := range 6 {
		fmt.Print(etcdDump)
		t.Logf("round %d: error=nil timeout=none", i)
	}
}

func TestQuotes(t *testing.T) {
	fmt.Print(quoted)
	t.Log(quoted)
}

func TestQuotesOtherTest(t *testing.T) {
	fmt.Println("--- FAIL: TestElsewhere (0.01s)")
	fmt.Println("    elsewhere_test.go:7: quoted from a child run")
	fmt.Println("FAIL")
	t.Log("child said:\n--- FAIL: TestElsewhere (0.01s)\nFAIL")
}

func TestNestedRun(t *testing.T) {
	fmt.Print("=== RUN   TestChild\n    child_test.go:9: want 1, got 2\n--- FAIL: TestChild (0.00s)\n" +
		"FAIL\nexit status 1\nFAIL\texample.com/child\t0.004s\nFAIL\n")
}

func TestLoudFailure(t *testing.T) {
	for range 20 {
		fmt.Print(etcdDump)
	}
	t.Errorf("region count = %d, want %d", 41, 42)
	for range 20 {
		fmt.Print(etcdDump)
	}
}
