// The header of a saved state: its format, and the configuration that it fits. The environments' records follow, see state_record.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace muscle::environment {

struct Scene;

// Increases with every change of the header or of the records. Version 1 had no header.
inline constexpr std::uint32_t kStateVersion = 2;
// Of a batch whose environments have seeds of their own: the keys follow the records, kKeyBytes for each environment.
inline constexpr std::uint32_t kStateVersionOwnSeeds = 3;
inline constexpr std::size_t kKeyBytes = 16;

struct StateHeader {
  std::array<char, 8> magic{'m', 'v', '-', 's', 't', 'a', 't', 'e'};
  std::uint32_t version = kStateVersion;
  std::uint32_t environments = 0;
  std::uint64_t fingerprint = 0;  // see fingerprintOf
  std::uint64_t recordBytes = 0;  // size of one environment's record
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;  // control steps since the seed was set
};
static_assert(sizeof(StateHeader) == 48);  // no padding

// A hash of what determines the fields of the records: bodies, joints, muscles, contacts, parameters, the names of several
// clips and the window of the average speed.
// Masses, forces and settings of the task are left out: a state can be restored with other ones.
std::uint64_t fingerprintOf(const Scene& scene);

// Bytes of a whole state with this header.
std::uint64_t stateBytes(const StateHeader& header);

// The header of a state that fits `expected`, with its own version, seed and steps. StateError, in one line, for any other bytes.
StateHeader readHeader(std::span<const std::byte> state, const StateHeader& expected);

}  // namespace muscle::environment
