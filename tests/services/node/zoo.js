// What the server, the client and the reference share: the generated schemas,
// and gRPC definitions made from them.

import { create, createRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";

import { file_google_rpc_error_details } from "./generated/google/rpc/error_details_pb.js";
import { StatusSchema, file_google_rpc_status } from "./generated/google/rpc/status_pb.js";
import { Keeper, Zoo, file_zoo_v1_zoo } from "./generated/zoo/v1/zoo_pb.js";

export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
export const STATUS_DETAILS_KEY = "grpc-status-details-bin";

/** Resolves what google.protobuf.Any holds. */
export const registry = createRegistry(
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  file_google_rpc_error_details,
  file_google_rpc_status,
  file_zoo_v1_zoo,
);

export const zooDefinition = definition(Zoo);
export const keeperDefinition = definition(Keeper);

/** Metadata as a map of lists, binary values in base64. */
export function metadataLists(metadata) {
  const lists = {};
  for (const key of Object.keys(metadata.getMap())) {
    lists[key] = metadata
      .get(key)
      .map((value) => (Buffer.isBuffer(value) ? value.toString("base64") : value));
  }
  return lists;
}

/** The google.rpc.Status in the metadata of a failed call, or undefined. */
export function statusOf(metadata) {
  const [bytes] = metadata?.get(STATUS_DETAILS_KEY) ?? [];
  return bytes && fromBinary(StatusSchema, bytes);
}

/** The bytes of a google.rpc.Status. */
export function statusBytes(code, message, details) {
  return Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message, details })));
}

function definition(service) {
  return Object.fromEntries(
    service.methods.map((method) => [
      method.name,
      {
        path: `/${service.typeName}/${method.name}`,
        requestStream: ["client_streaming", "bidi_streaming"].includes(method.methodKind),
        responseStream: ["server_streaming", "bidi_streaming"].includes(method.methodKind),
        requestSerialize: serialize(method.input),
        requestDeserialize: (bytes) => fromBinary(method.input, bytes),
        responseSerialize: serialize(method.output),
        responseDeserialize: (bytes) => fromBinary(method.output, bytes),
      },
    ]),
  );
}

function serialize(schema) {
  return (message) => Buffer.from(toBinary(schema, message));
}
