// Command server serves zoo.v1 with grpc-go, reflection and health.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	v1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"

	zoov1 "zoo.example/generated/zoo/v1"
)

const (
	maxMessageBytes = 64 * 1024 * 1024
	stopGrace       = time.Second
)

type options struct {
	port           int
	versionLabel   string
	health         string
	reflection     string
	noReflection   bool
	exitWithParent bool
}

func parseOptions() options {
	var o options
	flag.IntVar(&o.port, "port", 0, "0 picks a free port")
	flag.StringVar(&o.versionLabel, "version-label", "", "reported by Keeper.Tally")
	flag.StringVar(&o.health, "health", "serving", "serving, not-serving or none")
	flag.StringVar(&o.reflection, "reflection", "both", "v1, v1alpha, both or none")
	flag.BoolVar(&o.noReflection, "no-reflection", false, "the same as --reflection none")
	flag.BoolVar(&o.exitWithParent, "exit-with-parent", false, "exit when standard input reaches its end")
	flag.Parse()
	if o.noReflection {
		o.reflection = "none"
	}
	return o
}

func main() {
	log.SetFlags(0)
	o := parseOptions()
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessageBytes), grpc.MaxSendMsgSize(maxMessageBytes))
	tally := newTally()
	zoov1.RegisterZooServer(server, &zoo{tally: tally, versionLabel: o.versionLabel, attempts: map[string]int32{}})
	zoov1.RegisterKeeperServer(server, &keeper{tally: tally, versionLabel: o.versionLabel})
	addHealth(server, o.health)
	addReflection(server, o.reflection)

	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", o.port))
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if o.exitWithParent {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	go func() {
		<-ctx.Done()
		// Calls that outlive the grace are cut off.
		time.AfterFunc(stopGrace, server.Stop)
		server.GracefulStop()
	}()
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
	// Serve returns as soon as a stop begins: wait until it has ended.
	server.GracefulStop()
}

func addHealth(server *grpc.Server, choice string) {
	status, known := map[string]healthpb.HealthCheckResponse_ServingStatus{
		"serving":     healthpb.HealthCheckResponse_SERVING,
		"not-serving": healthpb.HealthCheckResponse_NOT_SERVING,
	}[choice]
	switch {
	case choice == "none":
		return
	case !known:
		log.Fatalf("unknown --health %q", choice)
	}
	checker := health.NewServer()
	for _, service := range []string{"", "zoo.v1.Zoo", "zoo.v1.Keeper"} {
		checker.SetServingStatus(service, status)
	}
	healthpb.RegisterHealthServer(server, checker)
}

func addReflection(server *grpc.Server, choice string) {
	switch choice {
	case "none":
	case "both":
		reflection.Register(server)
	case "v1":
		reflection.RegisterV1(server)
	case "v1alpha":
		v1alpha.RegisterServerReflectionServer(server, reflection.NewServer(reflection.ServerOptions{Services: server}))
	default:
		log.Fatalf("unknown --reflection %q", choice)
	}
}
