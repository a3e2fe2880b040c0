// Three-dimensional vectors, matrices and quaternions over any scalar, and the few products that the dynamics needs.
// Over packs, the compiler leaves the larger products out of line and passes nine or eighteen packs through memory;
// the functions that spend their time in them are therefore marked [[gnu::flatten]].
#pragma once

#include "dynamics/scalar.hpp"

namespace muscle {

template <class S>
struct Vec3 {
  S x, y, z;

  friend Vec3 operator+(const Vec3& a, const Vec3& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend Vec3 operator-(const Vec3& a, const Vec3& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend Vec3 operator-(const Vec3& a) { return {-a.x, -a.y, -a.z}; }
  friend Vec3 operator*(const Vec3& a, S s) { return {a.x * s, a.y * s, a.z * s}; }
  Vec3& operator+=(const Vec3& b) {
    x += b.x;
    y += b.y;
    z += b.z;
    return *this;
  }
  Vec3& operator-=(const Vec3& b) {
    x -= b.x;
    y -= b.y;
    z -= b.z;
    return *this;
  }
};

template <class S>
S dot(const Vec3<S>& a, const Vec3<S>& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class S>
Vec3<S> cross(const Vec3<S>& a, const Vec3<S>& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <class S>
S norm(const Vec3<S>& a) {
  return squareRoot(dot(a, a));
}

// Row-major 3x3 matrix.
template <class S>
struct Mat3 {
  S m[9];

  friend Vec3<S> operator*(const Mat3& a, const Vec3<S>& v) {
    return {a.m[0] * v.x + a.m[1] * v.y + a.m[2] * v.z, a.m[3] * v.x + a.m[4] * v.y + a.m[5] * v.z,
            a.m[6] * v.x + a.m[7] * v.y + a.m[8] * v.z};
  }
  // Entry by entry: the compiler keeps in registers what it sees no loop over.
  friend Mat3 operator*(const Mat3& a, const Mat3& b) {
    const auto entry = [&](int i, int j) { return a.m[3 * i] * b.m[j] + a.m[3 * i + 1] * b.m[3 + j] + a.m[3 * i + 2] * b.m[6 + j]; };
    return {{entry(0, 0), entry(0, 1), entry(0, 2), entry(1, 0), entry(1, 1), entry(1, 2), entry(2, 0), entry(2, 1), entry(2, 2)}};
  }
  friend Mat3 operator+(const Mat3& a, const Mat3& b) {
    return {{a.m[0] + b.m[0], a.m[1] + b.m[1], a.m[2] + b.m[2], a.m[3] + b.m[3], a.m[4] + b.m[4], a.m[5] + b.m[5], a.m[6] + b.m[6],
             a.m[7] + b.m[7], a.m[8] + b.m[8]}};
  }
  friend Mat3 operator-(const Mat3& a, const Mat3& b) {
    return {{a.m[0] - b.m[0], a.m[1] - b.m[1], a.m[2] - b.m[2], a.m[3] - b.m[3], a.m[4] - b.m[4], a.m[5] - b.m[5], a.m[6] - b.m[6],
             a.m[7] - b.m[7], a.m[8] - b.m[8]}};
  }
  Mat3& operator+=(const Mat3& b) {
    for (int i = 0; i < 9; ++i) m[i] += b.m[i];
    return *this;
  }
};

template <class S>
Mat3<S> transpose(const Mat3<S>& a) {
  return {{a.m[0], a.m[3], a.m[6], a.m[1], a.m[4], a.m[7], a.m[2], a.m[5], a.m[8]}};
}
// transpose(a) * v
template <class S>
Vec3<S> transposeTimes(const Mat3<S>& a, const Vec3<S>& v) {
  return {a.m[0] * v.x + a.m[3] * v.y + a.m[6] * v.z, a.m[1] * v.x + a.m[4] * v.y + a.m[7] * v.z,
          a.m[2] * v.x + a.m[5] * v.y + a.m[8] * v.z};
}

// Symmetric 3x3 matrix.
template <class S>
struct Sym3 {
  S xx, yy, zz, xy, xz, yz;

  friend Vec3<S> operator*(const Sym3& a, const Vec3<S>& v) {
    return {a.xx * v.x + a.xy * v.y + a.xz * v.z, a.xy * v.x + a.yy * v.y + a.yz * v.z, a.xz * v.x + a.yz * v.y + a.zz * v.z};
  }
  Sym3& operator+=(const Sym3& b) {
    xx += b.xx;
    yy += b.yy;
    zz += b.zz;
    xy += b.xy;
    xz += b.xz;
    yz += b.yz;
    return *this;
  }
  friend Sym3 operator+(const Sym3& a, const Sym3& b) {
    return {a.xx + b.xx, a.yy + b.yy, a.zz + b.zz, a.xy + b.xy, a.xz + b.xz, a.yz + b.yz};
  }
  friend Sym3 operator*(const Sym3& a, S s) { return {a.xx * s, a.yy * s, a.zz * s, a.xy * s, a.xz * s, a.yz * s}; }
  friend Sym3 operator-(const Sym3& a, const Sym3& b) {
    return {a.xx - b.xx, a.yy - b.yy, a.zz - b.zz, a.xy - b.xy, a.xz - b.xz, a.yz - b.yz};
  }
};

template <class S>
Mat3<S> full(const Sym3<S>& a) {
  return {{a.xx, a.xy, a.xz, a.xy, a.yy, a.yz, a.xz, a.yz, a.zz}};
}
template <class S>
Sym3<S> outer(const Vec3<S>& v, S s) {
  const Vec3<S> w = v * s;
  return {w.x * v.x, w.y * v.y, w.z * v.z, w.x * v.y, w.x * v.z, w.y * v.z};
}
template <class S>
Sym3<S> inverse(const Sym3<S>& a) {
  const S c00 = a.yy * a.zz - a.yz * a.yz;
  const S c01 = a.xz * a.yz - a.xy * a.zz;
  const S c02 = a.xy * a.yz - a.xz * a.yy;
  const S d = S(1) / (a.xx * c00 + a.xy * c01 + a.xz * c02);
  return {c00 * d, (a.xx * a.zz - a.xz * a.xz) * d, (a.xx * a.yy - a.xy * a.xy) * d, c01 * d, c02 * d, (a.xy * a.xz - a.xx * a.yz) * d};
}
// r * a * transpose(r)
template <class S>
Sym3<S> rotate(const Mat3<S>& r, const Sym3<S>& a) {
  const Mat3<S> t = r * full(a);
  const auto entry = [&](int i, int j) {
    return t.m[3 * i] * r.m[3 * j] + t.m[3 * i + 1] * r.m[3 * j + 1] + t.m[3 * i + 2] * r.m[3 * j + 2];
  };
  return {entry(0, 0), entry(1, 1), entry(2, 2), entry(0, 1), entry(0, 2), entry(1, 2)};
}
// The same of a diagonal matrix.
template <class S>
Sym3<S> rotate(const Mat3<S>& r, const Vec3<S>& d) {
  const Vec3<S> x{r.m[0] * d.x, r.m[1] * d.y, r.m[2] * d.z}, y{r.m[3] * d.x, r.m[4] * d.y, r.m[5] * d.z};
  const S* m = r.m;
  return {dot(x, Vec3<S>{m[0], m[1], m[2]}), dot(y, Vec3<S>{m[3], m[4], m[5]}), m[6] * m[6] * d.x + m[7] * m[7] * d.y + m[8] * m[8] * d.z,
          dot(x, Vec3<S>{m[3], m[4], m[5]}), dot(x, Vec3<S>{m[6], m[7], m[8]}), dot(y, Vec3<S>{m[6], m[7], m[8]})};
}
// [r]x * a, the columns of a crossed from the left.
template <class S>
Mat3<S> crossLeft(const Vec3<S>& r, const Mat3<S>& a) {
  const auto x = [&](int j) { return r.y * a.m[6 + j] - r.z * a.m[3 + j]; };
  const auto y = [&](int j) { return r.z * a.m[j] - r.x * a.m[6 + j]; };
  const auto z = [&](int j) { return r.x * a.m[3 + j] - r.y * a.m[j]; };
  return {{x(0), x(1), x(2), y(0), y(1), y(2), z(0), z(1), z(2)}};
}

// Unit quaternion, w first.
template <class S>
struct Quat {
  S w, x, y, z;

  friend Quat operator*(const Quat& a, const Quat& b) {
    return {a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z, a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
            a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x, a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w};
  }
};

template <class S>
Quat<S> conjugate(const Quat<S>& q) {
  return {q.w, -q.x, -q.y, -q.z};
}
template <class S>
Quat<S> normalized(const Quat<S>& q) {
  const S s = S(1) / squareRoot(q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z);
  return {q.w * s, q.x * s, q.y * s, q.z * s};
}
template <class S>
Mat3<S> rotationMatrix(const Quat<S>& q) {
  const S x2 = q.x + q.x, y2 = q.y + q.y, z2 = q.z + q.z;
  const S xx = q.x * x2, yy = q.y * y2, zz = q.z * z2;
  const S xy = q.x * y2, xz = q.x * z2, yz = q.y * z2;
  const S wx = q.w * x2, wy = q.w * y2, wz = q.w * z2;
  const S one = S(1);
  return {{one - (yy + zz), xy - wz, xz + wy, xy + wz, one - (xx + zz), yz - wx, xz - wy, yz + wx, one - (xx + yy)}};
}
// Quaternion of a rotation vector (axis times angle, rad).
template <class S>
Quat<S> exponentialMap(const Vec3<S>& r) {
  const S squared = dot(r, r);
  const auto small = squared < S(1e-8f);
  const S angle = squareRoot(select(small, S(1), squared));
  S sine, cosine;
  sineCosine(angle * S(0.5f), sine, cosine);
  const S scale = select(small, S(0.5f) - squared * S(1.0f / 48.0f), sine / angle);
  return {select(small, S(1) - squared * S(0.125f), cosine), r.x * scale, r.y * scale, r.z * scale};
}
// Rotation vector of a unit quaternion, of length at most pi.
template <class S>
Vec3<S> logarithmMap(const Quat<S>& q) {
  const auto negative = q.w < S(0);
  const S w = select(negative, -q.w, q.w);
  const Vec3<S> v{select(negative, -q.x, q.x), select(negative, -q.y, q.y), select(negative, -q.z, q.z)};
  const S squared = dot(v, v);
  const auto small = squared < S(1e-8f);
  const S sine = squareRoot(select(small, S(1), squared));
  const S angle = arcTangentQuadrant(sine, w) * S(2);
  const S scale = select(small, S(2) + squared * S(1.0f / 3.0f), angle / sine);
  return v * scale;
}

}  // namespace muscle
