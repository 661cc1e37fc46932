/* What detection does with each pixel and each box. Compiled for every processor when the models are exported; called
   from src/pipeline/kernels.py, which checks what goes in. Uses no library, so that it runs with any.

   A summed-area table (F. Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984) holds three channels in one
   64-bit number: 21 bits hold the sum of 8,224 pixels, and what overflows in the sums cancels in their differences. */

#include <stdint.h>

#ifdef _WIN32
#define EXPORTED __declspec(dllexport)
int DllMainCRTStartup(void) { return 1; }
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

typedef int64_t whole;
typedef uint64_t packed;

enum { BITS = 21, MOST_PIXELS = (1 << BITS) / 255, SIDE = 90 /* SIDE * SIDE <= MOST_PIXELS */ };
enum { MOST_COLUMNS = 160, CHANNELS = 3, BLOCKS = 6 };
static const packed FIELD = (1u << BITS) - 1;
static const float SCALE = 1.0f / 128, MIDDLE = 127.5f / 128; /* a mean becomes (mean - 127.5) / 128 */

/* (height, width, 3) pixels to a (height + 1, width + 1) table. */
EXPORTED void facelane_table(const uint8_t *pixel, whole height, whole width, packed *table) {
    whole step = width + 1;
    for (whole x = 0; x < step; x++) table[x] = 0;
    for (whole y = 0; y < height; y++) {
        const packed *above = table;
        packed sum = 0;
        table += step;
        table[0] = 0;
        for (whole x = 1; x < step; x++, pixel += CHANNELS) {
            sum += pixel[0] | (packed)pixel[1] << BITS | (packed)pixel[2] << 2 * BITS;
            table[x] = above[x] + sum;
        }
    }
}

static packed window(const packed *top, const packed *bottom, whole left, whole right) {
    return bottom[right] - bottom[left] - top[right] + top[left];
}

static whole least(whole one, whole other) {
    return one < other ? one : other;
}

/* The sum of one channel over an area of any size. */
static float sum_of(const packed *table, whole step, whole top, whole bottom, whole left, whole right, int channel) {
    whole sum = 0;
    for (whole y = top; y < bottom; y += SIDE)
        for (whole x = left; x < right; x += SIDE) {
            const packed *begin = table + y * step, *end = table + least(y + SIDE, bottom) * step;
            sum += (whole)(window(begin, end, x, least(x + SIDE, right)) >> channel * BITS & FIELD);
        }
    return (float)sum;
}

/* Cells side by side: where each one's columns begin and end (exclusive), SCALE by their number, and their most. */
typedef struct {
    whole count, widest;
    const int32_t *left, *right;
    float share[MOST_COLUMNS];
} cells;

static void measure(cells *of) {
    of->widest = 0;
    for (whole x = 0; x < of->count; x++) {
        whole width = of->right[x] - of->left[x];
        of->share[x] = SCALE / (float)width;
        of->widest = width > of->widest ? width : of->widest;
    }
}

/* A row of means over the cells from a row to another (exclusive), each channel's to its own place. */
static void means(const packed *table, whole step, whole top, whole bottom, const cells *of, float *out,
                  whole channels_apart) {
    packed sums[MOST_COLUMNS];
    float share = 1 / (float)(bottom - top);
    if (of->widest * (bottom - top) > MOST_PIXELS) {
        for (int channel = 0; channel < CHANNELS; channel++, out += channels_apart)
            for (whole x = 0; x < of->count; x++)
                out[x] = sum_of(table, step, top, bottom, of->left[x], of->right[x], channel) *
                             (share * of->share[x]) - MIDDLE;
        return;
    }
    for (whole x = 0; x < of->count; x++)
        sums[x] = window(table + top * step, table + bottom * step, of->left[x], of->right[x]);
    for (int channel = 0; channel < CHANNELS; channel++, out += channels_apart)
        for (whole x = 0; x < of->count; x++)
            out[x] = (float)(int32_t)(sums[x] >> channel * BITS & FIELD) * (share * of->share[x]) - MIDDLE;
}

/* Have it fetched. */
static void soon(const packed *from, whole count) {
    for (whole x = 0; x < count; x += 8) __builtin_prefetch(from + x);
}

/* The means over a grid's cells, in blocks of 2 x 2 as one pixel each, to a part of a sheet.

   grid: rows tops, rows bottoms, columns lefts, columns rights (exclusive), the even ones of each first, then the odd
   ones. out: of 12 planes, of each channel the blocks' top left, top right, bottom left and bottom right means; plane
   and pitch: numbers from one plane, and from one row of blocks, to the next. */
EXPORTED void facelane_fold(const packed *table, whole step, const int32_t *grid, whole rows, whole columns, float *out,
                            whole plane, whole pitch) {
    const int32_t *top = grid, *bottom = top + rows, *left = bottom + rows, *right = left + columns;
    whole high = rows / 2, wide = columns / 2;
    cells of[2];
    for (whole odd = 0; odd < 2; odd++) {
        of[odd].count = wide;
        of[odd].left = left + odd * wide;
        of[odd].right = right + odd * wide;
        measure(&of[odd]);
    }
    for (whole row = 0; row < high; row++) /* in the table's order: what one row reads the next reads again */
        for (whole part = 0; part < 4; part++) {
            whole y = part / 2 * high + row, next = part < 2 ? high + row : row + 1 < high ? row + 1 : row;
            /* Each row begins elsewhere in memory, which the processor does not foresee. */
            if (part % 2 == 0) soon(table + bottom[next] * step + left[0], right[columns - 1] - left[0]);
            means(table, step, top[y], bottom[y], &of[part % 2], out + row * pitch + part * plane, 4 * plane);
        }
}

/* (count, 4) rectangles x1 y1 x2 y2, ends exclusive, each resized to (3, side, side) means. */
EXPORTED void facelane_crops(const packed *table, whole step, const whole *rectangle, whole count, whole side,
                             float *out) {
    int32_t left[MOST_COLUMNS], right[MOST_COLUMNS];
    cells of;
    of.count = side;
    of.left = left;
    of.right = right;
    for (whole number = 0; number < count; number++, rectangle += 4, out += CHANNELS * side * side) {
        whole x1 = rectangle[0], y1 = rectangle[1], width = rectangle[2] - x1, height = rectangle[3] - y1;
        for (whole x = 0; x < side; x++) {
            left[x] = (int32_t)(x1 + x * width / side);
            right[x] = (int32_t)(x1 + ((x + 1) * width + side - 1) / side);
        }
        measure(&of);
        for (whole y = 0; y < side; y++) {
            whole top = y1 + y * height / side, bottom = y1 + ((y + 1) * height + side - 1) / side;
            means(table, step, top, bottom, &of, out + y * side, side * side);
        }
    }
}

/* (count, planes, 6, 6): what P-Net sees of a sheet from each place on. places: count rows, then count columns. */
EXPORTED void facelane_patches(const float *sheet, whole planes, whole height, whole width, const whole *places,
                               whole count, float *out) {
    for (whole number = 0; number < count; number++)
        for (whole plane = 0; plane < planes; plane++)
            for (whole y = 0; y < BLOCKS; y++, out += BLOCKS) {
                const float *from = sheet + (plane * height + places[number] + y) * width + places[count + number];
                for (whole x = 0; x < BLOCKS; x++) out[x] = from[x];
            }
}

static float larger(float one, float other) {
    return one > other ? one : other;
}

static float smaller(float one, float other) {
    return one < other ? one : other;
}

/* Non-maximum suppression of (count, 4) boxes x1 y1 x2 y2, best first: how many stay, and which. plus: what a box's
   sides are longer than its corners say. least_area: an intersection is divided by the smaller area, else the union. */
EXPORTED whole facelane_suppress(const float *box, whole count, float threshold, float plus, whole least_area,
                                 whole *kept) {
    whole staying = 0;
    for (whole number = 0; number < count; number++) {
        const float *one = box + 4 * number;
        float area = (one[2] - one[0] + plus) * (one[3] - one[1] + plus);
        whole better = 0;
        for (; better < staying; better++) {
            const float *other = box + 4 * kept[better];
            float width = smaller(one[2], other[2]) - larger(one[0], other[0]) + plus;
            float height = smaller(one[3], other[3]) - larger(one[1], other[1]) + plus;
            float shared = larger(width, 0) * larger(height, 0);
            float others = (other[2] - other[0] + plus) * (other[3] - other[1] + plus);
            float base = least_area ? smaller(others, area) : others + area - shared;
            /* Divided, as the reference does it: a product is rounded otherwise, and many are just the threshold. */
            if (shared / base > threshold) break;
        }
        if (better == staying) kept[staying++] = number;
    }
    return staying;
}
