// The suite of subject/suite.cpp for Ginkgo 2: SUITE_TESTS tests (88), empty ones, or such that sleep as in subject/work.hpp.
package suite_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
)

func milliseconds(number int) int {
	switch {
	case number == 87:
		return 400
	case number%11 == 10:
		return 150
	default:
		return 5 + number%7
	}
}

func TestSuite(t *testing.T) {
	RunSpecs(t, "Suite")
}

var _ = Describe("suite", func() {
	tests, err := strconv.Atoi(os.Getenv("SUITE_TESTS"))
	if err != nil {
		tests = 88
	}
	sleeps := os.Getenv("SUITE_WORK") == "sleeps"
	for number := 0; number < tests; number++ {
		number := number
		It(fmt.Sprintf("test %d", number), func() {
			if sleeps {
				time.Sleep(time.Duration(milliseconds(number)) * time.Millisecond)
			}
		})
	}
})
