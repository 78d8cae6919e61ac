package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	zoov1 "zoo.example/generated/zoo/v1"
)

// caller runs the commands through one connection.
type caller struct {
	ctx    context.Context
	zoo    zoov1.ZooClient
	keeper zoov1.KeeperClient
}

func (c *caller) run(command string, arguments []string) error {
	argument := func(index int) string {
		if index < len(arguments) {
			return arguments[index]
		}
		return ""
	}
	count := func(index int) int32 {
		if argument(index) == "" {
			return 0
		}
		return int32(number(argument(index)))
	}
	switch command {
	case "echo":
		request := &zoov1.Everything{}
		if err := protojson.Unmarshal([]byte(argument(0)), request); err != nil {
			log.Fatal(err)
		}
		return printReply(c.zoo.Echo(c.ctx, request))
	case "count":
		return printStream(c.zoo.Count(c.ctx, &zoov1.CountRequest{To: count(0), DelayMs: count(1)}))
	case "sum":
		return c.sum(split(argument(0)))
	case "chat":
		return c.chat(split(argument(0)))
	case "fail":
		return printReply(c.zoo.Fail(c.ctx, failRequest(argument(0), argument(1) != "plain", 0)))
	case "fail-stream":
		return printStream(c.zoo.FailStream(c.ctx, failRequest(argument(0), true, count(1))))
	case "headers":
		return c.headers()
	case "sleep":
		return printReply(c.zoo.Sleep(c.ctx, &zoov1.SleepRequest{Ms: count(0)}))
	case "big":
		reply, err := c.zoo.Big(c.ctx, &zoov1.BigRequest{Bytes: count(0)})
		if err == nil {
			printJSON(map[string]int{"bytes": len(reply.Payload)})
		}
		return err
	case "flaky":
		return printReply(c.zoo.Flaky(c.ctx, &zoov1.FlakyRequest{Key: argument(0), Failures: count(1)}))
	case "tally":
		return printReply(c.keeper.Tally(c.ctx, &zoov1.TallyRequest{}))
	}
	log.Fatal(usage)
	return nil
}

func (c *caller) sum(values []string) error {
	stream, err := c.zoo.Sum(c.ctx)
	if err != nil {
		return err
	}
	for _, value := range values {
		if err := stream.Send(&zoov1.SumRequest{Value: number(value)}); err != nil {
			// The reason comes with the reply.
			break
		}
	}
	return printReply(stream.CloseAndRecv())
}

// chat waits for the answer to each message before it sends the next, which
// shows that nothing on the way holds messages back.
func (c *caller) chat(texts []string) error {
	stream, err := c.zoo.Chat(c.ctx)
	if err != nil {
		return err
	}
	for _, text := range texts {
		if err := stream.Send(&zoov1.ChatMessage{Text: text}); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := printReply(stream.Recv()); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return printStream[*zoov1.ChatMessage](stream, nil)
}

func (c *caller) headers() error {
	var initial, trailing metadata.MD
	reply, err := c.zoo.Headers(c.ctx, &emptypb.Empty{}, grpc.Header(&initial), grpc.Trailer(&trailing))
	if err != nil {
		return err
	}
	printJSON(map[string]any{
		"reply":    json.RawMessage(canonical(reply)),
		"initial":  metadataLists(initial),
		"trailing": metadataLists(trailing),
	})
	return nil
}

func metadataLists(received metadata.MD) map[string][]string {
	lists := map[string][]string{}
	for key, values := range received {
		for _, value := range values {
			if strings.HasSuffix(key, "-bin") {
				value = base64.StdEncoding.EncodeToString([]byte(value))
			}
			lists[key] = append(lists[key], value)
		}
	}
	return lists
}

func canonical(message proto.Message) []byte {
	text, err := protojson.Marshal(message)
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func printReply[M proto.Message](message M, err error) error {
	if err == nil {
		fmt.Println(string(canonical(message)))
	}
	return err
}

type receiver[M proto.Message] interface {
	Recv() (M, error)
}

func printStream[M proto.Message](stream receiver[M], err error) error {
	for err == nil {
		var message M
		if message, err = stream.Recv(); err == nil {
			err = printReply(message, nil)
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func failRequest(code string, withDetails bool, afterMessages int32) *zoov1.FailRequest {
	return &zoov1.FailRequest{
		Code:          codeNumber(code),
		Message:       "failing with " + code,
		WithDetails:   withDetails,
		AfterMessages: afterMessages,
	}
}
