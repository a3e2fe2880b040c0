// Exchange of left and right, as in GaitNet: in the second half of the cycle a policy and its muscle network observe the mirror
// image of the character, at the phase half a cycle later, and their outputs are mirrored back. The plane is x = 0.
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

// The counterparts of bodies and muscles on the other side: bodies by their names (FemurR and FemurL, femur_r and femur_l), muscles
// by their order (2k and 2k + 1). Joint angles keep their sign (an elbow about y is then no mirror image, as in GaitNet); rotation
// vectors change the sign of y and z.
struct Symmetry {
  // Throws std::invalid_argument, naming the body or muscle without a counterpart. `networkEntries`: see Scene.
  Symmetry(const model::Model& model, const std::vector<int>& networkEntries);

  std::vector<int> bodies;                // (bodies) the mirrored body; a body in the middle is its own
  std::vector<Mat3<double>> corrections;  // (bodies) R' = M(R of the mirrored body) * correction: the zero pose is its own image
  SignedPermutation joints;               // (joint dofs)
  SignedPermutation entries;              // of the reduced Jacobian
  SignedPermutation networkInput;         // (network inputs)
  std::vector<int> muscles;               // (muscles) counterpart
};

// The mirror image of a rotation, polar vector or axial vector.
inline Mat3<double> mirrored(const Mat3<double>& r) {
  return {{r.m[0], -r.m[1], -r.m[2], -r.m[3], r.m[4], r.m[5], -r.m[6], r.m[7], r.m[8]}};
}
inline Vec3<double> mirroredPolar(const Vec3<double>& v) { return {-v.x, v.y, v.z}; }
inline Vec3<double> mirroredAxial(const Vec3<double>& v) { return {v.x, -v.y, -v.z}; }

}  // namespace muscle::environment
