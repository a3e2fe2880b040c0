// Left and right exchanged, as the GaitNets do it: past half of the cycle a policy and its muscle network see the mirror image
// of the character, at the phase half a cycle away, and what they say is mirrored back. The plane is x = 0.
#pragma once

#include <vector>

#include "model/model.hpp"

namespace muscle::environment {

// image[i] = sign[i] * x[source[i]]; 0 where the source is negative.
struct SignedPermutation {
  std::vector<int> source;
  std::vector<float> sign;

  int size() const { return static_cast<int>(source.size()); }
  void add(int from, double with) {
    source.push_back(from);
    sign.push_back(static_cast<float>(with));
  }
};

// Who is whose fellow: bodies by their names (FemurR and FemurL, femur_r and femur_l), muscles by their order (2k and 2k + 1),
// joint angles as they are (an
// elbow about y is then no mirror image: so it is there), rotation vectors with y and z turned.
struct Symmetry {
  // Throws std::invalid_argument, naming what has no fellow. `told`: entries that the network is told; empty: all.
  Symmetry(const model::Model& model, const std::vector<int>& told);

  std::vector<int> bodies;          // (bodies) fellow, itself in the middle
  std::vector<Mat3<double>> turns;  // (bodies) R' = M(R of the fellow) * turn, so that the zero pose is its own image
  SignedPermutation joints;         // (joint dofs)
  SignedPermutation entries;        // of the reduced Jacobian
  SignedPermutation networkInput;   // (told entries + joint dofs)
  std::vector<int> muscles;         // (muscles)
};

// The rotation as the mirror shows it.
inline Mat3<double> mirrored(const Mat3<double>& r) {
  return {{r.m[0], -r.m[1], -r.m[2], -r.m[3], r.m[4], r.m[5], -r.m[6], r.m[7], r.m[8]}};
}
inline Vec3<double> mirroredPolar(const Vec3<double>& v) { return {-v.x, v.y, v.z}; }
inline Vec3<double> mirroredAxial(const Vec3<double>& v) { return {v.x, -v.y, -v.z}; }

}  // namespace muscle::environment
