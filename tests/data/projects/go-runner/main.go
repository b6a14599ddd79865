// Command parunner builds the test binaries of some packages and runs each top-level test in a process of its own,
// several at a time. It tells of failures on its standard output, shows their output on standard error, and writes
// a JUnit file that knows top-level tests only.
package main

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"
)

type task struct{ pkg, binary, test string }

type failure struct {
	Message  string `xml:"message,attr"`
	Contents string `xml:",chardata"`
}

type testCase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Failure *failure `xml:"failure,omitempty"`
}

type testSuite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Cases    []testCase `xml:"testcase"`
}

func main() {
	workers := flag.Int("workers", 4, "processes at a time")
	only := flag.String("run", ".", "tests to run, as a regular expression")
	report := flag.String("junit", "", "file for the JUnit report")
	module := flag.String("module", "", "import path of the module")
	limit := flag.String("timeout", "20s", "limit of one process")
	flag.Parse()
	tasks := collect(flag.Args(), *only)
	suite := run(tasks, *workers, *module, *limit)
	if *report != "" {
		text, _ := xml.MarshalIndent(suite, "", "  ")
		_ = os.WriteFile(*report, append([]byte(xml.Header), text...), 0o600)
	}
	fmt.Printf("run all tasks takes %d tests, %d failed\n", suite.Tests, suite.Failures)
	if suite.Failures > 0 {
		os.Exit(1)
	}
}

func collect(packages []string, only string) []task {
	folder, err := os.MkdirTemp("", "parunner")
	if err != nil {
		panic(err)
	}
	var tasks []task
	for _, pkg := range packages {
		binary := filepath.Join(folder, strings.ReplaceAll(pkg, "/", "_")+".test")
		if out, err := exec.Command("go", "test", "-c", "-o", binary, "./"+pkg).CombinedOutput(); err != nil {
			fmt.Printf("build %s: %v\n%s", pkg, err, out)
			os.Exit(2)
		}
		list := exec.Command(binary, "-test.list", only)
		list.Dir = pkg
		out, _ := list.Output()
		for _, name := range strings.Fields(string(out)) {
			if strings.HasPrefix(name, "Test") {
				tasks = append(tasks, task{pkg, binary, name})
			}
		}
	}
	return tasks
}

func run(tasks []task, workers int, module, limit string) testSuite {
	queue := make(chan task)
	var lock sync.Mutex
	var group sync.WaitGroup
	var suite testSuite
	for range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			for next := range queue {
				found, output, err := one(next, module, limit)
				if err != nil {
					fmt.Println("[FAIL] ", next.pkg, next.test)
					fmt.Fprintf(os.Stderr, "err=%v\n%s", err, output)
				}
				lock.Lock()
				suite.Cases = append(suite.Cases, found)
				lock.Unlock()
			}
		}()
	}
	for _, next := range tasks {
		queue <- next
	}
	close(queue)
	group.Wait()
	sort.Slice(suite.Cases, func(i, j int) bool { return suite.Cases[i].Name < suite.Cases[j].Name })
	suite.Tests = len(suite.Cases)
	for _, found := range suite.Cases {
		if found.Failure != nil {
			suite.Failures++
		}
	}
	return suite
}

func one(next task, module, limit string) (testCase, string, error) {
	command := exec.Command(next.binary, "-test.run", "^"+next.test+"$", "-test.timeout", limit)
	command.Dir = next.pkg
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	began := time.Now()
	err := command.Run()
	found := testCase{
		Class: module + "/" + next.pkg,
		Name:  next.test,
		Time:  fmt.Sprintf("%.3f", time.Since(began).Seconds()),
	}
	if err != nil {
		found.Failure = &failure{Message: "Failed", Contents: output.String()}
	}
	return found, output.String(), err
}
