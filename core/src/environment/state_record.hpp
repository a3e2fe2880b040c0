// One environment's record in a saved state: its fields one after another without gaps, little-endian, in the order in which
// Group::describe names them. The visitors here measure, write, check and read such a record.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

#include "environment/group.hpp"

namespace muscle::environment {

// Counters of steps and cycles stay far below what makes their arithmetic overflow.
inline constexpr std::int64_t kMostCount = std::int64_t{1} << 52;

// The bytes of a record.
class RecordSize {
 public:
  void flag(const char*, bool) { bytes_ += 1; }
  template <class T>
  void whole(const char*, T, T, T) {
    bytes_ += sizeof(T);
  }
  void real(const char*, double, double, double) { bytes_ += sizeof(double); }
  void reals(const char*, const double*, int count) { bytes_ += sizeof(double) * count; }
  void lane(const char*, const float*, int features, int, float, float) { bytes_ += sizeof(float) * features; }
  void rotation(const char*, const float*, int) { bytes_ += 4 * sizeof(float); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

class RecordWriter {
 public:
  explicit RecordWriter(std::byte* to) : to_(to) {}

  void flag(const char*, bool value) { put(static_cast<std::uint8_t>(value)); }
  template <class T>
  void whole(const char*, T value, T, T) {
    put(value);
  }
  void real(const char*, double value, double, double) { put(value); }
  void reals(const char*, const double* values, int count) {
    for (int i = 0; i < count; ++i) put(values[i]);
  }
  void lane(const char*, const float* first, int features, int lanes, float, float) {
    for (int i = 0; i < features; ++i) put(first[i * lanes]);
  }
  void rotation(const char* name, const float* first, int lanes) { lane(name, first, 4, lanes, 0, 0); }

 private:
  template <class T>
  void put(T value) {
    std::memcpy(to_, &value, sizeof value);
    to_ += sizeof value;
  }
  std::byte* to_;
};

// For records that RecordCheck has accepted.
class RecordReader {
 public:
  explicit RecordReader(const std::byte* from) : from_(from) {}

  void flag(const char*, bool& value) { value = take<std::uint8_t>() != 0; }
  template <class T>
  void whole(const char*, T& value, T, T) {
    value = take<T>();
  }
  void real(const char*, double& value, double, double) { value = take<double>(); }
  void reals(const char*, double* values, int count) {
    for (int i = 0; i < count; ++i) values[i] = take<double>();
  }
  void lane(const char*, float* first, int features, int lanes, float, float) {
    for (int i = 0; i < features; ++i) first[i * lanes] = take<float>();
  }
  void rotation(const char* name, float* first, int lanes) { lane(name, first, 4, lanes, 0, 0); }

 protected:
  template <class T>
  T take() {
    T value;
    std::memcpy(&value, from_, sizeof value);
    from_ += sizeof value;
    return value;
  }

 private:
  const std::byte* from_;
};

// StateError, naming the field, for a record that no environment can have saved. If its flag says that the environment
// diverged, the quantities of motion may have any value.
class RecordCheck : private RecordReader {
 public:
  RecordCheck(const std::byte* from, int environment) : RecordReader(from), environment_(environment) {}

  void flag(const char* name, bool) {
    const auto value = take<std::uint8_t>();
    if (value > 1) refuse(name, std::to_string(value), "0 or 1");
    if (std::strcmp(name, "diverged") == 0) diverged_ = value != 0;
  }
  template <class T>
  void whole(const char* name, T, T lowest, T highest) {
    const T value = take<T>();
    if (value < lowest || value > highest) refuse(name, std::to_string(value), std::to_string(lowest) + " to " + std::to_string(highest));
  }
  // A value of the episode's clock, which is in its range even if the motion diverged. NaN is in no range.
  void real(const char* name, double, double lowest, double highest) {
    const double value = take<double>();
    if (!(value >= lowest && value <= highest)) refuse(name, shown(value), between(lowest, highest));
  }
  void reals(const char* name, const double*, int count) {
    for (int i = 0; i < count; ++i) {
      const double value = take<double>();
      if (!std::isfinite(value) && !diverged_) refuse(indexed(name, i, count), shown(value), "a finite number");
    }
  }
  void lane(const char* name, const float*, int features, int, float lowest, float highest) {
    for (int i = 0; i < features; ++i) {
      const float value = take<float>();
      if (!(value >= lowest && value <= highest) && !diverged_) refuse(indexed(name, i, features), shown(value), between(lowest, highest));
    }
  }
  void rotation(const char* name, const float*, int) {
    double square = 0;
    for (int i = 0; i < 4; ++i) {
      const double value = take<float>();
      square += value * value;
    }
    constexpr double kTolerance = 1e-3;
    if (!(std::abs(square - 1) <= kTolerance) && !diverged_)
      refuse(name, "a quaternion of length " + shown(std::sqrt(square)), "a unit quaternion");
  }

 private:
  static std::string indexed(const char* name, int index, int count) {
    return count == 1 ? std::string(name) : std::string(name) + "[" + std::to_string(index) + "]";
  }
  static std::string shown(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
  }
  template <class T>
  static std::string between(T lowest, T highest) {
    if (highest == std::numeric_limits<T>::max()) return "a finite number";
    return shown(lowest) + " to " + shown(highest);
  }
  [[noreturn]] void refuse(const std::string& name, const std::string& given, const std::string& expected) const {
    throw StateError("state: " + name + " of environment " + std::to_string(environment_) + ": " + given + " given, " + expected +
                     " expected; the state is damaged");
  }

  int environment_;
  bool diverged_ = false;
};

}  // namespace muscle::environment
