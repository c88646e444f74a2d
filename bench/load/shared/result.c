#include "shared.h"

#include <stdio.h>

void print_result(const struct result *result) {
  printf("{\"workload\":\"%s\",\"ops\":%.3f,\"seconds\":%.6f,", result->workload, result->ops, result->seconds);
  printf("\"opsPerSecond\":%.1f,\"bytesPerSecond\":%.0f,", result->ops / result->seconds,
         result->bytes / result->seconds);
  printf("\"p50us\":%.1f,\"p99us\":%.1f,", latency_us(result->latency, 0.5), latency_us(result->latency, 0.99));
  printf("\"errors\":%llu,\"cpuSeconds\":%.2f}\n", (unsigned long long)result->errors, result->processor_seconds);
}
