// Command client calls zoo.v1 at TARGET with grpc-go and compiled stubs.
//
// It prints each message as canonical JSON on a line of its own. A failed call
// prints {"code":...,"message":...,"details":[type URLs]} and exits with 1.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	zoov1 "zoo.example/generated/zoo/v1"
)

const (
	maxMessageBytes = 64 * 1024 * 1024
	usage           = `client TARGET [--token TOKEN] [--service NAME] [--header KEY:VALUE] [--timeout-ms MS] COMMAND [ARGUMENT]...
commands: echo JSON | count N [DELAY_MS] | sum 1,2,3 | chat a,b,c | fail CODE [plain] | fail-stream CODE N |
          headers | sleep MS | big BYTES | flaky KEY N | tally
`
)

// Options come before, between or after the other words, as they do in the
// clients of the other languages.
type options struct {
	metadata  metadata.MD
	timeout   time.Duration
	target    string
	command   string
	arguments []string
}

func parseOptions(words []string) options {
	o := options{metadata: metadata.MD{}, timeout: 20 * time.Second}
	var rest []string
	for i := 0; i < len(words); i++ {
		if !strings.HasPrefix(words[i], "--") {
			rest = append(rest, words[i])
			continue
		}
		name, value, joined := strings.Cut(words[i], "=")
		if !joined {
			if i++; i == len(words) {
				log.Fatal(usage)
			}
			value = words[i]
		}
		o.set(name, value)
	}
	if len(rest) < 2 {
		log.Fatal(usage)
	}
	o.target, o.command, o.arguments = rest[0], rest[1], rest[2:]
	return o
}

func (o *options) set(name, value string) {
	switch name {
	case "--token":
		o.metadata.Append("authorization", "Bearer "+value)
	case "--service":
		o.metadata.Append("micro-service", value)
	case "--header":
		key, content, _ := strings.Cut(value, ":")
		key, content = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(content)
		if strings.HasSuffix(key, "-bin") {
			decoded, err := base64.StdEncoding.DecodeString(content)
			if err != nil {
				log.Fatal(err)
			}
			content = string(decoded)
		}
		o.metadata.Append(key, content)
	case "--timeout-ms":
		o.timeout = time.Duration(number(value)) * time.Millisecond
	default:
		log.Fatal(usage)
	}
}

func main() {
	log.SetFlags(0)
	o := parseOptions(os.Args[1:])
	connection, err := grpc.NewClient(
		o.target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)),
		grpc.WithDisableRetry(),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(metadata.NewOutgoingContext(context.Background(), o.metadata), o.timeout)
	defer cancel()

	c := caller{ctx: ctx, zoo: zoov1.NewZooClient(connection), keeper: zoov1.NewKeeperClient(connection)}
	if err := c.run(o.command, o.arguments); err != nil {
		printError(err)
		os.Exit(1)
	}
}

func printError(err error) {
	failed, ok := status.FromError(err)
	if !ok {
		log.Fatal(err)
	}
	details := []string{}
	for _, detail := range failed.Proto().GetDetails() {
		details = append(details, detail.TypeUrl)
	}
	printJSON(map[string]any{
		"code":    codeName(failed.Code()),
		"message": failed.Message(),
		"details": details,
	})
}

func printJSON(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}

func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// The names of the codes in gRPC's specification, by number.
var codeNames = []string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
	"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
	"OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

func codeName(code codes.Code) string {
	if int(code) < len(codeNames) {
		return codeNames[code]
	}
	return strconv.Itoa(int(code))
}

// codeNumber is the number of a code given by its name or its number.
func codeNumber(text string) int32 {
	for index, name := range codeNames {
		if name == text {
			return int32(index)
		}
	}
	return int32(number(text))
}
