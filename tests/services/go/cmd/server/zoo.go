package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	zoov1 "zoo.example/generated/zoo/v1"
)

// The same in every language, so that answers can be compared.
const binaryHeader = "\x00\x01\x02\xfd\xfe\xff"

type zoo struct {
	zoov1.UnimplementedZooServer
	tally        *tally
	versionLabel string

	mu       sync.Mutex
	attempts map[string]int32
}

func (z *zoo) Echo(ctx context.Context, request *zoov1.Everything) (*zoov1.Everything, error) {
	defer z.tally.begin(ctx, "Echo")()
	return request, nil
}

func (z *zoo) Count(request *zoov1.CountRequest, stream grpc.ServerStreamingServer[zoov1.CountReply]) error {
	defer z.tally.begin(stream.Context(), "Count")()
	for number := int32(1); number <= request.To; number++ {
		if err := wait(stream.Context(), request.DelayMs); err != nil {
			return err
		}
		if err := stream.Send(&zoov1.CountReply{Number: number}); err != nil {
			return err
		}
	}
	return nil
}

func (z *zoo) Sum(stream grpc.ClientStreamingServer[zoov1.SumRequest, zoov1.SumReply]) error {
	defer z.tally.begin(stream.Context(), "Sum")()
	reply := &zoov1.SumReply{}
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(reply)
		}
		if err != nil {
			return err
		}
		reply.Sum += request.Value
		reply.Count++
	}
}

func (z *zoo) Chat(stream grpc.BidiStreamingServer[zoov1.ChatMessage, zoov1.ChatMessage]) error {
	defer z.tally.begin(stream.Context(), "Chat")()
	for sequence := int32(1); ; sequence++ {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&zoov1.ChatMessage{Text: "re: " + request.Text, Sequence: sequence}); err != nil {
			return err
		}
	}
}

func (z *zoo) Fail(ctx context.Context, request *zoov1.FailRequest) (*emptypb.Empty, error) {
	defer z.tally.begin(ctx, "Fail")()
	if err := failure(request); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

func (z *zoo) FailStream(request *zoov1.FailRequest, stream grpc.ServerStreamingServer[zoov1.CountReply]) error {
	defer z.tally.begin(stream.Context(), "FailStream")()
	for number := int32(1); number <= request.AfterMessages; number++ {
		if err := stream.Send(&zoov1.CountReply{Number: number}); err != nil {
			return err
		}
	}
	return failure(request)
}

func (z *zoo) Headers(ctx context.Context, _ *emptypb.Empty) (*zoov1.HeadersReply, error) {
	defer z.tally.begin(ctx, "Headers")()
	err := grpc.SendHeader(ctx, metadata.Pairs("x-zoo-header", "header", "x-zoo-bin", binaryHeader))
	if err != nil {
		return nil, err
	}
	if err := grpc.SetTrailer(ctx, metadata.Pairs("x-zoo-trailer", "trailer")); err != nil {
		return nil, err
	}
	received, _ := metadata.FromIncomingContext(ctx)
	reply := &zoov1.HeadersReply{
		Headers:      map[string]*zoov1.HeadersReply_Values{},
		VersionLabel: z.versionLabel,
	}
	for key, values := range received {
		list := &zoov1.HeadersReply_Values{}
		for _, value := range values {
			if strings.HasSuffix(key, "-bin") {
				value = base64.StdEncoding.EncodeToString([]byte(value))
			}
			list.Values = append(list.Values, value)
		}
		reply.Headers[key] = list
	}
	return reply, nil
}

func (z *zoo) Sleep(ctx context.Context, request *zoov1.SleepRequest) (*zoov1.SleepReply, error) {
	defer z.tally.begin(ctx, "Sleep")()
	reply := &zoov1.SleepReply{SleptMs: request.Ms}
	if deadline, ok := ctx.Deadline(); ok {
		remaining := time.Until(deadline).Milliseconds()
		reply.DeadlineRemainingMs = &remaining
	}
	if err := wait(ctx, request.Ms); err != nil {
		return nil, err
	}
	return reply, nil
}

func (z *zoo) Big(ctx context.Context, request *zoov1.BigRequest) (*zoov1.BigReply, error) {
	defer z.tally.begin(ctx, "Big")()
	return &zoov1.BigReply{Payload: bytes.Repeat([]byte("z"), int(max(request.Bytes, 0)))}, nil
}

func (z *zoo) Flaky(ctx context.Context, request *zoov1.FlakyRequest) (*zoov1.FlakyReply, error) {
	defer z.tally.begin(ctx, "Flaky")()
	z.mu.Lock()
	z.attempts[request.Key]++
	attempt := z.attempts[request.Key]
	z.mu.Unlock()
	if attempt <= request.Failures {
		return nil, status.Errorf(codes.Unavailable, "attempt %d fails", attempt)
	}
	return &zoov1.FlakyReply{Attempt: attempt}, nil
}

func (z *zoo) OldEcho(ctx context.Context, request *wrapperspb.StringValue) (*wrapperspb.StringValue, error) {
	defer z.tally.begin(ctx, "OldEcho")()
	return request, nil
}

// failure is the error that request asks for, nil for code 0. Its details are
// the same in every language.
func failure(request *zoov1.FailRequest) error {
	if request.Code == 0 {
		return nil
	}
	code := codes.Code(request.Code)
	if request.Code < 0 || request.Code > int32(codes.Unauthenticated) {
		code = codes.Unknown
	}
	failed := status.New(code, request.Message)
	if !request.WithDetails {
		return failed.Err()
	}
	failed, err := failed.WithDetails(
		protoadapt.MessageV1Of(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "message", Description: "this message always fails"},
		}}),
		protoadapt.MessageV1Of(&errdetails.ErrorInfo{
			Reason:   "ASKED_TO_FAIL",
			Domain:   "zoo.example",
			Metadata: map[string]string{"code": strconv.Itoa(int(request.Code))},
		}),
		protoadapt.MessageV1Of(&zoov1.Refusal{Reason: request.Message, Retryable: code == codes.Unavailable}),
	)
	if err != nil {
		return fmt.Errorf("attach the details: %w", err)
	}
	return failed.Err()
}

func wait(ctx context.Context, ms int32) error {
	if ms <= 0 {
		return nil
	}
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

type keeper struct {
	zoov1.UnimplementedKeeperServer
	tally        *tally
	versionLabel string
}

func (k *keeper) Tally(ctx context.Context, _ *zoov1.TallyRequest) (*zoov1.TallyReply, error) {
	defer k.tally.begin(ctx, "Tally")()
	calls, cancelled := k.tally.snapshot()
	return &zoov1.TallyReply{
		VersionLabel: k.versionLabel,
		Language:     "go",
		ProcessId:    int64(os.Getpid()),
		Calls:        calls,
		Cancelled:    cancelled,
	}, nil
}
